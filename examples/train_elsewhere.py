"""Code that trains by itself, and leaves the search, the pruning and the record to Studyhall."""

import sys

from studyhall import Studyhall

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
STUDY = {
    "name": "train-elsewhere",
    "experiment": "elsewhere",
    "objective": {"metric": "loss", "direction": "minimize"},
    "pruner": "median",
    "space": {"lr": {"log_uniform": [1e-3, 1.0]}, "momentum": {"choice": [0.0, 0.9]}, "steps": 4},
    "max_trials": 6,
    "seed": 7,
}

with Studyhall(URL) as hall:
    hall.submit(STUDY)
    while (trial := hall.ask("train-elsewhere")) is not None:
        configuration, weight = trial["configuration"], 1.0
        for step in range(1, configuration["steps"] + 1):
            weight -= configuration["lr"] * weight / (1 - configuration["momentum"])  # your training
            decision = hall.report(trial, {"loss": abs(weight)}, step)
            if decision != "continue":
                break
        else:
            hall.tell(trial)
        print(f"trial {trial['trial']}: {decision}")
    print(hall.study("train-elsewhere")["reason"], hall.best("train-elsewhere")["parameters"])
