from dataclasses import dataclass


@dataclass
class Ship:
    name: str
    length: int
