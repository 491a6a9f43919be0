"""The command's list of subcommands."""

from __future__ import annotations

from collections.abc import Callable

import typer

from service.cli import analyses, answers, catalog, control, exporting, importing, local, mlflow_commands, remote, run

app = typer.Typer(
    help="Hyperparameter search and experiment tracking.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMANDS: dict[str, Callable[..., None]] = {
    "serve": local.serve,
    "run": run.run,
    "submit": remote.submit,
    "watch": remote.watch,
    "list": remote.list_studies,
    "show": remote.show,
    "best": remote.best,
    "pareto": analyses.pareto,
    "importances": analyses.importances,
    "confirm": answers.confirm,
    "compare": answers.compare,
    "export": exporting.export,
    "report": exporting.report,
    "import": importing.import_study,
    "queue": remote.queue,
    "pause": remote.pause,
    "resume": remote.resume,
    "stop": remote.stop,
    "delete": remote.delete,
    "trials": control.trials,
    "clone": control.clone,
    "change": control.change,
    "cancel": control.cancel,
    "retry": control.retry,
    "exclude": control.exclude,
    "include": control.include,
    "validate": local.validate,
    "catalog": catalog.catalog,
    "train": local.train,
    "openapi": local.openapi,
}
for _name, _command in COMMANDS.items():
    app.command(name=_name)(_command)
app.add_typer(mlflow_commands.app, name="mlflow")
