from flask import Flask

from .berths import Full


def register(app: Flask) -> None:
    @app.errorhandler(Full)
    def full(error: Full) -> tuple[dict[str, str], int]:
        app.logger.warning("Refused: %s", error)
        return {"error": "full"}, 409
