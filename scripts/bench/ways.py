"""What the benchmark compares, and the titles that its page and its picture give it."""

TITLES = {
    "torchdojo": "torchdojo, 1 job",
    "torchdojo_2_jobs": "torchdojo, 2 jobs",
    "nbgrader": "nbgrader autograde",
    "otter": "otter run",
    "pytest": "pytest, a process each",
    "limit": "the checks alone",
}
WAYS = tuple(TITLES)
CHAPTER_TITLES = {"ch3_modules": "Chapter 3, no training", "ch2_networks": "Chapter 2, training"}
STAGES = {
    "start": "start a worker: sandbox, import of torch, probes; once per process, not once per submission",
    "load": "load the submission",
    "reference": "ask the reference, while the submission answers the same question",
    "wait": "wait for the submission, where it takes longer than the reference",
    "alone": "ask again, alone, what did not pass: each check in a process of its own",
    "changes": "look for what the submission left behind in the shared process",
    "compare": "run pytest and the checks: comparisons and their tolerances",
    "diagnose": "ask the known mistakes for their answers, to name the one that was made",
    "store": "write the result to disk",
}
STAGES_PER_SUBMISSION = tuple(stage for stage in STAGES if stage != "start")
LATENCIES = {
    "help": "`dojo --help`",
    "untouched": "`dojo check`, nothing done yet",
    "watch": "`dojo watch`: from a save to its verdict on the screen",
    "check_exercise": "`dojo check` of one exercise",
    "import_torch": "beside it: `python -c 'import torch'`",
    "check_course": "`dojo check` of the whole course, every exercise solved",
    "course_probes": "beside it: CPU time of its probes / cores",
}
