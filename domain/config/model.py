"""Configuration group of the model."""

from attrs import frozen

from .fields import key

DOMAINS = ("general", "medical", "industrial", "scientific")


@frozen
class ModelConfig:
    """Which model to start from, and for which domain."""

    model_name: str = key(
        "openai/clip-vit-base-patch32", "hub name, local folder, or scratch:tiny, scratch:small, scratch:base"
    )
    domain: str = key("general", "preset that fills what the file leaves out: general, medical, industrial, scientific")
    tokenizer_name: str | None = key(
        None, "tokenizer of a scratch model: hub name or folder; null = trained on the training captions"
    )
    new_tokens: tuple[str, ...] = key(
        (), "words that get a token of their own, such as [consolidation, covid-19]; each starts as its pieces' mean"
    )
    attention_dropout: float | None = key(
        None, "dropout of attention weights in both towers; null = the model's own", minimum=0.0, maximum=0.9
    )
