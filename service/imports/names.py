"""What other tools' users call the parameters that we have a place for."""

from __future__ import annotations

import re

from experiments.catalog import KINDS

NAMES: dict[str, tuple[str, ...]] = {
    "optimizer": ("optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optim_type"),
    "optimizer.lr": ("lr", "learning_rate", "base_lr", "init_lr", "initial_lr", "lr_init", "start_lr", "max_lr"),
    "optimizer.weight_decay": ("weight_decay", "wd", "l2_weight_decay"),
    "optimizer.momentum": ("momentum", "sgd_momentum"),
    "optimizer.beta1": ("beta1", "beta_1", "adam_beta1", "b1"),
    "optimizer.beta2": ("beta2", "beta_2", "adam_beta2", "b2"),
    "optimizer.eps": ("eps", "adam_eps", "adam_epsilon"),
    "optimizer.alpha": ("rmsprop_alpha",),
    "optimizer.rho": ("rho",),
    "schedule": ("schedule", "scheduler", "lr_scheduler", "lr_schedule", "scheduler_name", "scheduler_type",
                 "lr_scheduler_type"),
    "schedule.warmup": ("warmup", "warmup_ratio", "warmup_fraction", "warmup_share"),
    "schedule.gamma": ("gamma", "lr_gamma", "step_gamma", "lr_decay_factor"),
    "initializer": ("initializer", "init", "initialization", "weight_init", "init_method", "kernel_initializer"),
    "activation": ("activation", "activation_fn", "activation_function", "act", "act_fn", "nonlinearity"),
    "normalization": ("normalization", "norm", "norm_layer", "norm_type"),
    "training.epochs": ("epochs", "n_epochs", "num_epochs", "nb_epochs", "max_epochs", "num_train_epochs", "epoch"),
    "training.batch_size": ("batch_size", "bs", "batchsize", "batch", "train_batch_size", "minibatch_size",
                            "per_device_train_batch_size"),
    "training.accumulate": ("accumulate", "accumulate_grad_batches", "gradient_accumulation_steps", "grad_accum",
                            "accumulation_steps"),
    "training.precision": ("precision",),
    "regularizers.dropout.p": ("dropout", "dropout_rate", "dropout_p", "dropout_prob", "drop_rate", "p_dropout"),
    "regularizers.label_smoothing.epsilon": ("label_smoothing", "smoothing", "label_smoothing_factor"),
    "regularizers.mixup.alpha": ("mixup", "mixup_alpha"),
    "regularizers.cutmix.alpha": ("cutmix", "cutmix_alpha"),
    "regularizers.clip_norm.bound": ("gradient_clip_val", "gradient_clip", "grad_clip", "grad_norm_clip", "clip_norm",
                                     "max_grad_norm", "clip_grad_norm", "gradient_clip_norm", "gradient_clipping"),
    "regularizers.clip_value.bound": ("clip_value", "grad_clip_value"),
    "regularizers.l1.strength": ("l1", "l1_lambda", "l1_reg", "l1_strength", "lambda_l1"),
    "regularizers.l2.strength": ("l2", "l2_lambda", "l2_reg", "l2_strength", "lambda_l2"),
    "regularizers.ema.decay": ("ema", "ema_decay"),
    "regularizers.stochastic_depth.p": ("drop_path", "drop_path_rate", "stochastic_depth"),
    "regularizers.early_stopping.patience": ("early_stopping_patience", "patience"),
}  # fmt: skip
"""Our place to the words for it."""
HEADS = ("config", "hparams", "args", "params", "trainer", "train", "training", "optimizer", "optim", "opt",
         "regularizers", "regularization")  # fmt: skip
"""Groups whose parameters mean the same as if they stood alone: ``optimizer.learning_rate``."""
SCHEDULES = ("schedule", "scheduler", "lr_scheduler")
"""Groups whose parameters are those of a schedule."""
_PLACES = {word: place for place, words in NAMES.items() for word in words}


def place_of(name: str) -> str | None:
    """Where a parameter of this name stands in our configurations; nothing for an unknown one."""
    words = [_normal(word) for word in re.split(r"[./]", name.lstrip("-"))]
    whole = "_".join(words)
    if whole in _PLACES:
        return _PLACES[whole]
    if ".".join(words) in NAMES:
        return ".".join(words)
    head, rest = words[0], words[1:]
    if rest and head in SCHEDULES:
        return f"schedule.{'.'.join(rest)}"
    if rest and head in HEADS:
        return _PLACES.get("_".join(rest)) or (f"optimizer.{rest[0]}" if head.startswith("opt") else None)
    return None


def component_of(kind: str, word: str) -> str | None:
    """Our name of a component that others call ``AdamW``, ``torch.optim.SGD``, ``CosineAnnealingLR`` …"""
    wanted = _letters(word.rpartition(".")[2])
    known = {_letters(each): name for each, name in KINDS[kind].words().items()}
    stems = (wanted, wanted.removesuffix("lr"), wanted.removesuffix("scheduler"), re.sub(r"[123]d$", "", wanted))
    return next((known[stem] for stem in stems if stem in known), None)


def _normal(word: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word)).strip("_").lower()


def _letters(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
