"""A study over plain HTTP, with the standard library alone: submit it, wait, print the best trial."""

import json
import sys
import time
from urllib.request import Request, urlopen

API = f"{sys.argv[1] if len(sys.argv) > 1 else 'http://127.0.0.1:8765'}/api/v1"
STUDY = """
name: plain-http
experiment: wine-mlp
objective: val_accuracy
sampler: random
space:
  optimizer: {name: adam, lr: {log_uniform: [1.0e-4, 1.0e-1]}}
training: {epochs: 5}
max_trials: 8
seed: 7
"""


def ask(path, body=None):
    """The JSON that the service answers with; a body makes it a POST."""
    request = Request(API + path, data=body, headers={"Content-Type": "application/yaml"})
    with urlopen(request) as answer:
        return json.load(answer)


study = ask("/studies", STUDY.encode())
while study["state"] not in ("COMPLETED", "STOPPED", "FAILED"):
    time.sleep(0.2)
    study = ask(f"/studies/{study['id']}")

best = ask(f"/studies/{study['id']}/best")
print(f"{study['name']} is {study['state']} ({study['reason']})")
print(f"trial {best['number']}: {best['value']:.3f} with {best['parameters']}")
