"""Which metric shows each statistic of a feature?

One metric per statistic, so that a sum over labels means something.
"""

from driftwatch.export.metric import FEATURE, Metric


def _statistic(name: str, text: str) -> Metric:
    return Metric(f"driftwatch_feature_{name}", "gauge", text, FEATURE)


# By the kind of a comparison. Where a model has too many series, the metrics at the end of this
# table are dropped first, and the p-values before all of them.
STATISTICS: dict[str, Metric] = {
    "psi": _statistic(
        "psi", "Population stability index of the window against the reference, on its deciles."
    ),
    "missing": _statistic("missing_ratio", "Share of the window's rows that lack the feature."),
    "unseen": _statistic(
        "unseen_ratio", "Share of the window's values that the reference has never seen."
    ),
    "out_of_range": _statistic(
        "out_of_range_ratio", "Share of the window's values outside the reference's range."
    ),
    "kolmogorov_smirnov": _statistic(
        "kolmogorov_smirnov_statistic",
        "Largest distance between the distribution functions of window and reference.",
    ),
    "wasserstein": _statistic(
        "wasserstein_ratio",
        "Wasserstein-1 distance of window and reference over the reference's standard deviation.",
    ),
    "wasserstein_units": _statistic(
        "wasserstein_distance",
        "Wasserstein-1 distance of window and reference, in the feature's own unit.",
    ),
    "jensen_shannon": _statistic(
        "jensen_shannon_distance", "Jensen-Shannon distance of window and reference, base 2."
    ),
    "total_variation": _statistic(
        "total_variation_distance", "Total variation distance of window and reference."
    ),
    "chi_square": _statistic(
        "chi_square_statistic", "Chi-square statistic of the window's categories."
    ),
    "hellinger": _statistic("hellinger_distance", "Hellinger distance of window and reference."),
    "l_infinity": _statistic(
        "l_infinity_distance",
        "Largest change of the share of one category or decile, window against reference.",
    ),
    "kullback_leibler": _statistic(
        "kullback_leibler_divergence",
        "Kullback-Leibler divergence of the window from the reference.",
    ),
    "cramer_von_mises": _statistic(
        "cramer_von_mises_statistic",
        "Two-sample Cramer-von Mises statistic of window and reference.",
    ),
    "anderson_darling": _statistic(
        "anderson_darling_statistic",
        "Two-sample Anderson-Darling statistic of window and reference.",
    ),
    "g_test": _statistic(
        "g_test_statistic", "Likelihood ratio statistic G of the window and the reference."
    ),
    "cramers_v": _statistic(
        "cramers_v", "Cramer V of the category and the side, window or reference."
    ),
    "mean_difference": _statistic(
        "mean_difference",
        "Mean of the window less that of the reference, in the feature's own unit.",
    ),
    "cohens_d": _statistic(
        "mean_effect_size", "Mean of the window less that of the reference, in standard deviations."
    ),
    "deviation_ratio": _statistic(
        "deviation_ratio", "Standard deviation of the window over that of the reference."
    ),
    "cohens_h": _statistic(
        "category_effect_size", "Largest change of the share of one category, as Cohen h."
    ),
    "modal_share": _statistic(
        "modal_ratio", "Share of the window's values that are the most frequent one."
    ),
}
P_VALUES: dict[str, Metric] = {
    "kolmogorov_smirnov": _statistic(
        "kolmogorov_smirnov_p_value",
        "Probability of a Kolmogorov-Smirnov statistic as large without drift.",
    ),
    "chi_square": _statistic(
        "chi_square_p_value", "Probability of a chi-square statistic as large without drift."
    ),
    "cramer_von_mises": _statistic(
        "cramer_von_mises_p_value",
        "Probability of a Cramer-von Mises statistic as large without drift.",
    ),
    "anderson_darling": _statistic(
        "anderson_darling_p_value",
        "Probability of an Anderson-Darling statistic as large without drift.",
    ),
    "g_test": _statistic(
        "g_test_p_value", "Probability of a likelihood ratio statistic as large without drift."
    ),
}
