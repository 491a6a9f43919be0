"""What MLflow's page shows first, as far as a script of ours sets it in the browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from service.api.routes.mlflow_page import opened_on_studies

TABLE = """MLflowLocalStorage-1.1-ExperimentPage-["17"]-ReactComponentState"""


@pytest.fixture
def mlflow(page: Page) -> Page:
    """A page to whose links under ``/mlflow/`` an empty page answers, with the script."""
    body = opened_on_studies(b"<html><head></head><body></body></html>").decode()
    page.route("**/mlflow/", lambda route: route.fulfill(body=body, content_type="text/html"))
    return page


def test_the_runs_of_a_study_have_a_column_of_the_objective_until_others_are_chosen(mlflow: Page) -> None:
    address = "/mlflow/#/experiments/17/runs?workflowType=machine_learning"
    mlflow.goto(address)
    shown = json.loads(mlflow.evaluate("key => localStorage.getItem(key)", TABLE))
    assert shown["selectedColumns"][-1] == "metrics.`objective`"

    mlflow.evaluate("key => localStorage.setItem(key, 'mine')", TABLE)
    mlflow.reload()
    assert mlflow.evaluate("key => localStorage.getItem(key)", TABLE) == "mine"
    assert mlflow.url.endswith(address)
    mlflow.evaluate("localStorage.clear()")


def test_it_opens_on_the_studies(mlflow: Page) -> None:
    mlflow.goto("/mlflow/")
    assert mlflow.url.endswith("/mlflow/#/experiments?workflowType=machine_learning")
    assert mlflow.evaluate("localStorage.getItem('mlflow.workflowType_v1')") == '"machine_learning"'
    assert mlflow.evaluate("key => localStorage.getItem(key)", TABLE) is None
    mlflow.evaluate("localStorage.clear()")
