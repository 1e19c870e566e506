"""The sample service with two endpoints more; runs in the service's own environment.

They log what the samples do not: nested fields, many bytes, every level, and what is no record.
"""

from orders.__main__ import main
from orders.app import app
from orders.observability import get_logger

logger = get_logger("orders.sales")

ARTICLES = {"pen": "Füller 🖋", "ink": "Tinte, königsblau"}


@app.get("/orders/{order_id}")  # type: ignore[untyped-decorator]
def place(order_id: str, article: str = "ink", note_characters: int = 10) -> dict[str, str]:
    items = [{"article": ARTICLES[article], "price": {"amount": 12.5, "currency": "EUR"}}]
    logger.info("Order placed", order={"id": order_id, "items": items}, note="é" * note_characters)
    return {"order_id": order_id}


@app.get("/inventory")  # type: ignore[untyped-decorator]
def count() -> dict[str, int]:
    logger.debug("Inventory begins", shelves=3)
    print("shelf 3: barcode unreadable", flush=True)  # what a library may do
    print('{"shelf": 4, "barcode": "unreada', flush=True)
    print('{"shelf": 5}', flush=True)
    logger.critical("Inventory impossible", shelves=3)
    return {"shelves": 3}


if __name__ == "__main__":
    main()
