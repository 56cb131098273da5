"""stub"""


def is_place(word: str) -> bool:
    return word in {"Moskau", "Deutschland", "Paris", "Texas", "Ukraine", "Russland", "Genf"}
