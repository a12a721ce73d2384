"""stub"""


def check(chapter: str, exercise: str) -> None: ...
