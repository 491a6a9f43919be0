"""The same with the Python client, and the learning curves as a pandas frame."""

import sys

from studyhall import Invalid, Studyhall

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
STUDY = {
    "name": "python-client",
    "experiment": "wine-mlp",
    "objective": "val_accuracy",
    "sampler": "random",
    "space": {"optimizer": {"choice": ["adam", "momentum"]}},
    "training": {"epochs": 5},
    "max_trials": 8,
    "seed": 7,
}

with Studyhall(URL) as hall:
    try:
        hall.validate({**STUDY, "sampler": "gird"})
    except Invalid as refusal:
        print(refusal)  # names the field, and the likely word

    study = hall.submit(STUDY)["name"]
    print(hall.wait(study)["reason"])
    for trial in hall.ranking(study, limit=3):
        print(trial["number"], trial["value"], trial["parameters"])

    curves = hall.curves(study, "val_accuracy")
    print(curves.groupby("trial")["val_accuracy"].max())
