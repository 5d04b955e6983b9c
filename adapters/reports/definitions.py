"""The texts of the glossary: metrics by a pattern of their names, methods by the parts of a report that use them."""

from typing import Final

SIDE: Final = r"(?:i2t|t2i)_(?:filtered_)?"

# Which names, what they are called, what they mean.
METRICS: Final = (
    (
        SIDE + r"R@\d+",
        "Recall@K (R@K)",
        "Share of queries that find something right among the first K candidates. 1 is best. Picture → caption (i2t): "
        "pictures look for their captions; caption → picture (t2i): captions look for their pictures.",
    ),
    (
        SIDE + "MRR",
        "Mean reciprocal rank (MRR)",
        "Mean of 1 / rank of the first right candidate. 1 is best; 0.5 is as if it always came second.",
    ),
    (
        SIDE + "median_rank",
        "Median rank",
        "Rank of the first right candidate of the query in the middle. 1 is best; lower is better.",
    ),
    (
        SIDE + "mean_rank",
        "Mean rank",
        "Mean rank of the first right candidate. Lower is better; a few hopeless queries raise it much.",
    ),
    (
        SIDE + "tie_rate",
        "Tie rate",
        "Share of queries whose best right candidate has exactly the same score as a wrong one. It should be about 0; "
        "a model whose embeddings are all the same has 1.",
    ),
    (
        SIDE + "mAP@R",
        "mAP@R",
        "Mean average precision among the first R candidates, where R is the number of right ones of the query. "
        "Counts every right candidate, not only the first.",
    ),
    (
        SIDE + "R-precision",
        "R-precision",
        "Share of right ones among the first R candidates, where R is their number.",
    ),
    (
        SIDE + r"nDCG@\d+",
        "nDCG",
        "How early the right ones stand among the first candidates, discounted by the logarithm of the place; 1 is "
        "the best order there is.",
    ),
    (
        "(i2t_|t2i_)?(filtered_)?mean_recall",
        "Mean recall",
        "Mean of Recall@1, @5 and @10; without a direction, of both directions: one number for the whole of retrieval.",
    ),
    (
        "zero_shot_.*",
        "Zero-shot classification",
        "Share of pictures whose own class has the prompts most similar to them, without training on the classes.",
    ),
    (
        "alignment_score",
        "Alignment score",
        "Mean similarity of a caption to its own picture. It says nothing without the similarity of pairs that do not "
        "belong together.",
    ),
    (
        "modality_gap",
        "Modality gap",
        "Distance between the mean embedding of pictures and that of captions.",
    ),
    (
        "uniformity_.*",
        "Uniformity",
        "Logarithm of the mean Gaussian potential between embeddings of one kind: how evenly they lie on the sphere. "
        "Lower is more even; 0 is when all are the same (Wang and Isola, 2020).",
    ),
    (
        "effective_rank_.*",
        "Effective rank",
        "How many dimensions the embeddings really use: the exponential of the entropy of their singular values, "
        "between 1 and the width.",
    ),
    (
        "dead_dimensions",
        "Dead dimensions",
        "Dimensions that hardly differ between any two embeddings.",
    ),
    (
        "width",
        "Width",
        "How many numbers an embedding has.",
    ),
)

# Which parts of a report use it, no parts: every report; what it is called, what it means.
METHODS: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (
        (),
        "Ties",
        "Candidates with equal scores are in no order. Where a right one is level with wrong ones, every number here "
        "is its expectation over all orders of the level candidates, so that neither the order of the files nor "
        "embeddings that are all the same can win anything.",
    ),
    (
        (),
        "Chance",
        "What a scorer that cannot tell the candidates apart would get on the same pool. Recall@K is easier in a "
        "small pool: numbers of pools of different size cannot be compared.",
    ),
    (
        (),
        "Raw and filtered",
        "Raw: only a query's own captions or picture are right. Filtered: all candidates that say the same are right "
        "too: equal captions, equal pictures, or an equal key of the user's.",
    ),
    (
        ("intervals", "slices", "zero_shot", "robustness"),
        "Interval",
        "[low, high]: values that the data do not contradict. Whole groups (patients, parts, scenes) are drawn again "
        "and again where the data have groups, for what belongs together is not independent. A wide interval means "
        "that there is little data.",
    ),
    (
        ("comparison", "retention", "robustness"),
        "p value",
        "How often a difference at least as large would be seen if the two models were equally good and only chance "
        "had dealt the queries to them. Small values speak against chance; a large one does not show that the models "
        "are equal.",
    ),
    (
        ("comparison", "retention", "headline", "robustness"),
        "Verdict",
        "Better or worse: the test above finds a difference that chance hardly explains. Cannot be told apart: it "
        "does not; the difference may be there and too small for this test set.",
    ),
    (
        ("comparison",),
        "Smallest detectable difference",
        "A true difference of this size would be found with good probability on this test set; a smaller one would "
        "most likely be missed.",
    ),
    (
        ("comparison",),
        "Improved, worsened, equal",
        "Queries whose own result rose, fell, or stayed.",
    ),
    (
        ("zero_shot",),
        "Accuracy, balanced accuracy, macro F1",
        "Accuracy: share of pictures put into their class. Balanced accuracy: mean recall of the classes, each "
        "counting alike however many pictures it has. Macro F1: mean over classes of the harmonic mean of precision "
        "and recall. Top 5: the class is among the five likeliest.",
    ),
    (
        ("zero_shot",),
        "Majority",
        "Accuracy of always naming the most frequent class.",
    ),
    (
        ("zero_shot",),
        "Recall and precision of a class",
        "Recall: share of the class's pictures that were recognised. Precision: share of the pictures taken for the "
        "class that are of it.",
    ),
    (
        ("zero_shot",),
        "Probe",
        "A simple classifier trained on the pictures' embeddings: what they hold beyond what prompts draw from them.",
    ),
    (
        ("calibration",),
        "Calibration error (ECE)",
        "Mean distance between how sure the model says it is and how often it is right; 0 is best.",
    ),
    (
        ("calibration",),
        "Temperature",
        "The number by which similarities are divided before they become probabilities; fitted on data that are not "
        "the test set.",
    ),
    (
        ("calibration",),
        "Coverage, risk, AURC",
        "Coverage: share of queries that are answered when only those surer than a threshold are. Risk: share of "
        "wrong answers among them. AURC: area under that curve; lower is better.",
    ),
    (
        ("retention", "wise_ft"),
        "Forgetting",
        "What a model loses on general pictures while it learns a domain.",
    ),
    (
        ("wise_ft",),
        "WiSE-FT, α",
        "Weights between those that training started from and those it ended with: (1 − α) · base + α · tuned "
        "(Wortsman et al., 2022).",
    ),
    (
        ("slices",),
        "Worst group and gap",
        "The group with the lowest estimate among those that are large enough, and its distance to the best one.",
    ),
)
