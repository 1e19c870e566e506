from flask import Flask

from . import config, errors, views


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_object(config)
    app.logger.setLevel("INFO")
    app.register_blueprint(views.views)
    errors.register(app)
    app.logger.info("Harbour has %d berths", app.config["BERTHS"])
    return app
