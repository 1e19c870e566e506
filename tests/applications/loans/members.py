import logging

log = logging.getLogger(__name__)

MEMBERS = {"m-1", "m-2"}


def check(member: str, token: str) -> bool:
    log.info(f"Checking member {member} token={token}")
    return member in MEMBERS
