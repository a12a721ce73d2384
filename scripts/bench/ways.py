"""The ways of grading that the benchmark compares, and the titles that its page and its picture give them."""

TITLES = {
    "torchdojo": "torchdojo, 1 job",
    "torchdojo_2_jobs": "torchdojo, 2 jobs",
    "nbgrader": "nbgrader autograde",
    "otter": "otter run",
    "pytest": "pytest, a process each",
    "limit": "the checks alone (limit)",
}
WAYS = tuple(TITLES)
PEERS = ("nbgrader", "otter", "pytest")
CHAPTER_TITLES = {"ch3_modules": "Chapter 3, no training", "ch2_networks": "Chapter 2, training"}
