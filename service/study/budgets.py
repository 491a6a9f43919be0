"""What is said of budgets, by the engine, the store and the command line, which loads nothing heavy for it."""

SPENT = "its budget is spent"
"""What the reason of a study begins with that has ended for it."""
UNITS = {"hours": "hours", "epochs": "epochs", "cpu_hours": "CPU hours", "gpu_hours": "GPU hours"}
"""What a budget may limit, to what a person calls it."""
