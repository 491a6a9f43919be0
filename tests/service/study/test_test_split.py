"""Whose test split a configuration is measured on."""

from __future__ import annotations

from service.study.test_split import data_key


def test_our_own_data_are_the_same_under_every_seed() -> None:
    digits = {"data": {"name": "digits"}, "data_seed": 1}
    assert data_key(digits, {}) == data_key({**digits, "data_seed": 2, "model": {"name": "cnn"}}, {})
    assert data_key(digits, {}) != data_key({"data": {"name": "mnist"}}, {})


def test_a_users_own_data_are_others_under_another_seed_or_with_other_code() -> None:
    own, code = {"data": {"name": "mine", "size": 100}, "data_seed": 1}, {"data.mine": "a1"}
    keys = [
        data_key(own, code),
        data_key({**own, "data_seed": 2}, code),
        data_key(own, {"data.mine": "b2"}),
        data_key({**own, "data": {"name": "mine", "size": 200}}, code),
    ]
    assert len(set(keys)) == len(keys)
    assert data_key(own, {**code, "model.net": "c3"}) == keys[0]
