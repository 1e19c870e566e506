"""The application: what it is made of, and nothing else."""

from flask import Flask

from {{ observability }} import instrument
from {{ package }}.routes import routes

app = Flask(__name__)
app.register_blueprint(routes)
instrument(app)
