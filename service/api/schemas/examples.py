"""Examples for the OpenAPI document."""

from __future__ import annotations

from typing import Any

STUDY: dict[str, Any] = {
    "name": "which-optimizer",
    "experiment": "digits-mlp",
    "objective": {"metric": "val_accuracy", "direction": "maximize"},
    "sampler": {"name": "tpe"},
    "pruner": {"name": "asha"},
    "space": {
        "initializer": {"choice": ["kaiming_normal", "orthogonal"]},
        "optimizer": {
            "choice": [
                {"name": "momentum", "lr": {"log_uniform": [0.001, 1.0]}, "momentum": {"uniform": [0.5, 0.99]}},
                "adamw",
            ]
        },
        "schedule": {"choice": ["cosine", "one_cycle"]},
        "regularizers": {"dropout": {"p": {"uniform": [0.0, 0.5]}}},
    },
    "training": {"epochs": 10, "batch_size": {"choice": [32, 64, 128]}},
    "max_trials": 40,
    "seed": 7,
}

SCHEDULE: dict[str, Any] = {"schedule": {"name": "cosine", "warmup": 0.05}, "epochs": 20, "steps_per_epoch": 25}

PATCH: dict[str, Any] = {"max_trials": 100}

TRIAL_PATCH: dict[str, Any] = {"tags": ["baseline"]}

VIEW: dict[str, Any] = {"name": "adamw against sgd", "tab": "curves", "query": "group=optimizer&y=log"}

VIEW_PATCH: dict[str, Any] = {"name": "all optimizers"}

CONFIRMATION: dict[str, Any] = {"k": 3, "seeds": 10}

CLONE: dict[str, Any] = {"name": "which-optimizer-again", "seed": 8}

QUEUE: dict[str, Any] = {
    "queue": [
        {
            "initializer": "orthogonal",
            "optimizer": {"name": "momentum", "lr": 0.1, "momentum": 0.9},
            "schedule": {"name": "cosine"},
            "regularizers": {"dropout": {"p": 0.2}},
            "training": {"batch_size": 64},
        }
    ]
}

REPORT: dict[str, Any] = {"ask": "as_4f1c0a8e2b", "points": [{"step": 3, "metrics": {"val_loss": 0.42}}]}

RESULT: dict[str, Any] = {"ask": "as_4f1c0a8e2b", "value": 0.42}
