"""``python -m service.api.analysis_process``: answers what the API asks about studies, from rows that it reads itself.

Rows are read here because turning ten thousand of them into records holds the interpreter for a third of a second.
"""

from __future__ import annotations

import logging
import pickle
from functools import lru_cache

import orjson

from experiments.errors import InvalidInput
from service.analysis.questions import Question, function_of
from service.errors import AnalysisFailed, Invalid, ServiceError
from service.helper_process import answer_questions
from service.storage.db.database import open_database
from service.storage.store import Store

logger = logging.getLogger(__name__)


def answer(packed: bytes) -> bytes:
    """The pickled answer to a pickled pair of a database's URL and a question: JSON, or the error it comes to."""
    url, question = pickle.loads(packed)  # noqa: S301 - the API's own, through its pipe
    try:
        return pickle.dumps(_answer(url, question))
    except ServiceError as refusal:
        return pickle.dumps(refusal)
    except InvalidInput as refusal:
        return pickle.dumps(Invalid.of(refusal))
    except Exception as error:  # a fault of ours: it is told to who asked, and no later question suffers
        logger.exception("the analysis %s of study %s failed", question.analysis, question.study_id)
        return pickle.dumps(AnalysisFailed(f"the analysis failed: {type(error).__name__}: {error}; the log says where"))


def _answer(url: str, question: Question) -> bytes:
    found = function_of(question.analysis)(_store(url), question.study_id, **question.arguments)
    return orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


@lru_cache(maxsize=1)
def _store(url: str) -> Store:
    return Store(open_database(url))


if __name__ == "__main__":
    answer_questions(answer)
