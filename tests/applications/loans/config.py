import os

MAX_LOANS = int(os.environ.get("MAX_LOANS", "3"))
LOAN_DAYS = int(os.environ.get("LOAN_DAYS", "28"))
