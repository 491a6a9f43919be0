"""What a study's trials tell: functions of stored rows, run in a process of their own for what they load.

To add one: write ``def name(rows: Rows, study_id: str, …) -> dict`` in a module here, name the module in
``questions.ANALYSES``, and ask for it in a route of the API: ``await analyses.ask(study, "name", …)``.
"""
