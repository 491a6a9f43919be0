"""Which way is better: one table of metrics, and how a metric's name is looked up in it.

A name is taken apart into words (``val_loss/dataloader_idx_0``, ``MulticlassF1Score``, ``recall@5``). Its direction is
known if the table knows a metric in it and every other word leaves the direction as it is: a split, an average, the
number of a class. Nothing is guessed: of a name with an unknown word, with metrics that point both ways, or with a
minus, whoever wrote it must say the direction.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

from experiments.errors import shortened

Direction = Literal["minimize", "maximize"]


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


MINIMIZED = _listed("""
loss error err cost regret distance divergence perplexity ppl nll
negative_log_likelihood neg_log_likelihood log_loss logloss cross_entropy crossentropy xent ce bce kl kld
bpc bpb bpd bits_per_char bits_per_byte bits_per_dim
mse rmse nrmse rmsle msle mae mape smape wmape medae
mean_squared_error root_mean_squared_error normalized_root_mean_squared_error mean_squared_log_error
mean_absolute_error mean_absolute_percentage_error symmetric_mean_absolute_percentage_error
weighted_mean_absolute_percentage_error relative_squared_error log_cosh_error
root_mean_squared_error_using_sliding_window
wer cer mer ter eer der word_error_rate char_error_rate character_error_rate match_error_rate translation_edit_rate
word_info_lost equal_error_rate
fid kid lpips dists mifid frechet_inception_distance kernel_inception_distance
memorization_informed_frechet_inception_distance learned_perceptual_image_patch_similarity
deep_image_structure_and_texture_similarity
edit_distance extended_edit_distance hamming_distance hausdorff_distance minkowski_distance
kl_divergence js_divergence jensen_shannon_divergence
brier brier_score calibration_error ece mce coverage_error hinge_loss ranking_loss crps
continuous_ranked_probability_score
false_positive_rate false_negative_rate false_discovery_rate false_alarm_rate fpr fnr fdr fall_out
error_relative_global_dimensionless_synthesis ergas relative_average_spectral_error rase spectral_angle_mapper
spatial_distortion_index total_variation procrustes_disparity lip_vertex_error
l1_loss l2_loss l1_error l2_error smooth_l1 smooth_l1_loss huber huber_loss focal_loss triplet_loss contrastive_loss
pinball_loss quantile_loss dice_loss iou_loss giou_loss ssim_loss
""")
"""Metrics of which less is better, in words joined by ``_``."""

MAXIMIZED = _listed("""
accuracy acc precision recall specificity sensitivity tpr tnr ppv npv
true_positive_rate true_negative_rate negative_predictive_value positive_predictive_value
success_rate win_rate pass_rate hit_rate hit hits mrr
f1 f2 f_score f_beta fbeta fmeasure f_measure
auc auroc roc_auc auc_roc log_auc pr_auc auc_pr auprc average_precision ap map mean_average_precision
ranking_average_precision average_recall r_precision recall_at_fixed_precision
ndcg dcg normalized_dcg mean_reciprocal_rank
kappa cohen_kappa fleiss_kappa mcc matthews_corr_coef matthews_corrcoef
iou miou mean_iou jaccard jaccard_index dice dice_coefficient generalized_dice
intersection_over_union generalized_intersection_over_union complete_intersection_over_union
distance_intersection_over_union panoptic_quality modified_panoptic_quality exact_match
bleu sacre_bleu rouge rouge_l rougel rouge_lsum rougelsum chrf meteor cider spice squad bert_score bertscore
r2 r_squared explained_variance concordance_corr_coef spearman_corr_coef
psnr peak_signal_noise_ratio peak_signal_noise_ratio_with_blocked_effect snr signal_noise_ratio
ssim ms_ssim structural_similarity structural_similarity_index_measure
multi_scale_structural_similarity_index_measure universal_image_quality_index uqi quality_with_no_reference qnr
visual_information_fidelity vif spatial_correlation_coefficient inception_score clip_score
clip_image_quality_assessment arniqa vmaf video_multi_method_assessment_fusion
sdr si_sdr si_snr signal_distortion_ratio scale_invariant_signal_distortion_ratio
scale_invariant_signal_noise_ratio complex_scale_invariant_signal_noise_ratio
source_aggregated_signal_distortion_ratio
pesq stoi srmr nisqa mos dnsmos perceptual_evaluation_speech_quality short_time_objective_intelligibility
speech_reverberation_modulation_energy_ratio non_intrusive_speech_quality_assessment
deep_noise_suppression_mean_opinion_score mean_opinion_score
similarity cosine_similarity cos_sim likelihood log_likelihood
nmi ami ari rand_score adjusted_rand_score mutual_info_score normalized_mutual_info_score adjusted_mutual_info_score
calinski_harabasz_score dunn_index completeness_score homogeneity_score v_measure
fowlkes_mallows_index cluster_accuracy silhouette
cramers_v theils_u tschuprows_t pearsons_contingency_coefficient critical_success_index
""")
"""Metrics of which more is better, in words joined by ``_``."""

DIRECTIONS: dict[str, Direction] = {
    **dict.fromkeys(MINIMIZED, "minimize"),
    **dict.fromkeys((*MAXIMIZED, *(f"{name}_score" for name in MAXIMIZED)), "maximize"),
}
"""The table: a metric's words, joined by ``_``, to its direction. What is called a score is maximized as it is."""

_SHARES = _listed("""
accuracy acc precision recall specificity sensitivity tpr tnr ppv npv
true_positive_rate true_negative_rate negative_predictive_value positive_predictive_value
success_rate win_rate pass_rate hit_rate mrr
false_positive_rate false_negative_rate false_discovery_rate false_alarm_rate fpr fnr fdr fall_out
f1 f2 f_score f_beta fbeta fmeasure f_measure
auc auroc roc_auc auc_roc pr_auc auc_pr auprc average_precision ap map mean_average_precision average_recall r_precision
ndcg normalized_dcg mean_reciprocal_rank iou miou mean_iou jaccard jaccard_index dice dice_coefficient generalized_dice
intersection_over_union exact_match
""")
SHARES = frozenset((*_SHARES, *(f"{name}_score" for name in _SHARES)))
"""Metrics of the table that lie between 0 and 1."""

_BESIDE = _listed("""
train training val valid validation validate dev eval evaluation test testing holdout
epoch step batch dataloader loader idx index fold class label head task stage layer at top topk k
macro micro weighted samples binary multiclass multilabel per
mean avg average median total overall global running best final last min max ema swa metric metrics
absolute abs relative squared root normalized norm rate retrieval classification regression
segmentation reconstruction recon aux main cls seg box bbox mask char word token pixel
""")
"""Words beside a metric that leave its direction as it is."""
_COUNTED = _listed("dataloader loader idx index fold class label head task stage layer at top topk k epoch step")
"""Words a number may follow, as it may a metric (``recall@5``), but nothing else: ``1-accuracy`` is an error."""
_LONGEST = max(name.count("_") + 1 for name in DIRECTIONS)
_WORD = re.compile(r"IoU|mAP|[FRLfrl][12](?![0-9])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PARAMETERS = re.compile(r"[\[({][^\[\](){}]*=[^\[\](){}]*[\])}]")
_MINUS = re.compile(r"(?:^|[^\w\])}])[-~!]|(?:^|/)1[-/]|-$")
_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")


def direction_of(metric: str) -> Direction | None:
    """Which way the metric is better; None where the table does not know."""
    plain = _PARAMETERS.sub("", metric)
    if not plain.isascii() or _MINUS.search(plain):
        return None
    found = {DIRECTIONS.get(part) for part in _parts(tuple(_words(plain)))}
    return found.pop() if len(found) == 1 else None


def is_share(metric: str) -> bool:
    """Whether the metric surely lies between 0 and 1, unless whoever measured it did so in percent."""
    plain = _PARAMETERS.sub("", metric)
    if not plain.isascii() or _MINUS.search(plain):
        return False
    found = set(_parts(tuple(_words(plain))))
    return bool(found) and found <= SHARES


def stated_or_known(direction: Any, metric: Any) -> Any:
    """The direction that was stated, or else that of the metric; a metric that is no text is left to others.

    Raises:
        ValueError: none was stated, and the table does not know the metric.
    """
    if direction is not None or not isinstance(metric, str):
        return direction or "minimize"
    known = direction_of(metric)
    if known is None:
        said = f"whether more or less of {shortened(metric)!r} is better is not known{_meant(metric)}"
        raise ValueError(f"{said}; write `direction: maximize` or `direction: minimize` beside the metric")
    return known


def _meant(metric: str) -> str:
    """The name with a word of the table in the place of one that is nearly it, as a question."""
    for word in _words(metric):
        near = difflib.get_close_matches(word, DIRECTIONS, n=1, cutoff=0.75) if word not in _BESIDE else []
        if near and near[0] != word:
            likely = re.sub(re.escape(word), near[0], metric, count=1, flags=re.IGNORECASE)
            return f" (did you mean {shortened(likely)!r}?)"
    return ""


def doubts(metric: str, direction: str) -> list[str]:
    """A warning, if a stated direction is not that of the table."""
    known = direction_of(metric)
    if known is None or known == direction:
        return []
    better = "less" if known == "minimize" else "more"
    return [f"{direction} {metric}: of that metric {better} is better, so that the worst would be called the best"]


def misspelled(metric: str, logged: Collection[str]) -> str | None:
    """The logged name that was surely meant by a metric that is not logged.

    That two names are alike is not enough: ``val_mae`` may be logged late, and is not ``val_mse``. They differ in signs
    and capitals alone, or one abbreviates the other, or the metric has a word that is in no table and is nearly one.
    """
    words, known = [*_words(metric)], direction_of(metric)
    for name in logged:
        others = [*_words(name)]
        if words == others or (known == direction_of(name) and _abbreviates(words, others)):
            return name
    numbers = [word for word in words if word.isdigit()]
    alike = [name for name in logged if [word for word in _words(name) if word.isdigit()] == numbers]
    near = difflib.get_close_matches(metric, alike, n=1, cutoff=0.85) if known is None else []
    return near[0] if near else None


def _abbreviates(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each word begins as the one in the same place of the other name does, or is that word."""
    pairs = [sorted(pair, key=len) for pair in zip(words, others, strict=False)]
    return len(words) == len(others) and all(b == a or (len(a) > 2 and b.startswith(a)) for a, b in pairs)


def is_of_validation(metric: str) -> bool:
    """Whether the name says that the metric is measured on validation data."""
    return not {"val", "valid", "validation"}.isdisjoint(_words(metric))


def _words(name: str) -> Iterator[str]:
    for chunk in filter(None, _SEPARATOR.split(name)):
        known = chunk.lower() in DIRECTIONS or chunk.lower() in _BESIDE
        yield from [chunk.lower()] if known else map(str.lower, _WORD.findall(chunk))


def _parts(words: Sequence[str]) -> Iterator[str]:
    """The metrics in a row of words, the longest name first; a word that may change the direction comes as itself."""
    place, counted = 0, False
    while place < len(words):
        spans = range(min(_LONGEST, len(words) - place), 0, -1)
        name = next((each for each in ("_".join(words[place : place + n]) for n in spans) if each in DIRECTIONS), None)
        if name is not None:
            yield name
            place, counted = place + name.count("_") + 1, True
            continue
        word = words[place]
        if not (counted if word.isdigit() else word in _BESIDE):
            yield word
        counted = counted if word.isdigit() else word in _COUNTED
        place += 1
