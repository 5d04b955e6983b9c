"""Configuration group of what an evaluation looks at besides retrieval."""

from attrs import frozen

from .fields import key


@frozen
class EvaluationConfig:
    """Classes, subgroups, robustness and how sure the numbers are."""

    label_column: str | None = key(None, "column with each picture's class, for zero-shot classification")
    label_separator: str | None = key(
        None, "what separates several classes in one cell, such as `|`; null = one class a picture"
    )
    prompt_templates: tuple[str, ...] = key(
        ("a photo of {label}.", "an image showing {label}."), "prompts of every class; {label} becomes its name"
    )
    class_prompts: str | None = key(None, "YAML or JSON file with the prompts of each class, instead of templates")
    slice_columns: tuple[str, ...] = key((), "columns whose values are evaluated apart")
    bootstrap_resamples: int = key(2000, "resamples behind each interval", minimum=200, maximum=100_000)
    robustness_pictures: int = key(
        200, "test pictures that `evaluate` also corrupts, to see what suffers; 0 = none", minimum=0
    )
    abstention_risk: float = key(
        0.1, "share of wrong answers tolerated among those that search and classification give", above=0.0, maximum=0.5
    )

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the table that are looked at, each with the key that asks for it."""
        label = {} if self.label_column is None else {self.label_column: "label_column"}
        return dict.fromkeys(self.slice_columns, "slice_columns") | label
