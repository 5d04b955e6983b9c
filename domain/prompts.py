"""What a class is called when a model is asked for it."""

from collections.abc import Collection, Mapping
from typing import Final

from .errors import UsageError

SLOT: Final = "{label}"


def prompts_of(
    labels: Collection[str], wanted: Collection[str] | Mapping[str, Collection[str]]
) -> dict[str, tuple[str, ...]]:
    """
    The prompts of every class, from templates or from each class's own list.

    A label is told as it is: an underscore or a capital inside it may mean something. Equal prompts of a class count
    once, and no order of files or templates matters.

    Args:
        labels: Classes; equal ones count once.
        wanted: Templates, sentences with ``{label}`` in them; or a mapping from a class to its own prompts, in which
            ``{label}`` is replaced, too. Prompts of other classes are not used.

    Returns:
        Sorted prompts by class, classes sorted.

    Raises:
        UsageError: If there are no classes, a label is blank, a template lacks ``{label}``, or a class has no prompt.
    """
    classes = sorted(set(labels))
    _check_labels(classes)
    if not isinstance(wanted, Mapping):
        _check_templates(wanted)
    prompts = {
        label: _spoken(label, wanted.get(label, ()) if isinstance(wanted, Mapping) else wanted) for label in classes
    }
    silent = [repr(label) for label, sentences in prompts.items() if not sentences]
    if silent:
        raise UsageError(
            f"no prompt for the class{'' if len(silent) == 1 else 'es'} {', '.join(silent)}; add each to the file of "
            "`class_prompts`, or leave that file out and use `prompt_templates`"
        )
    return prompts


def _spoken(label: str, sentences: Collection[str]) -> tuple[str, ...]:
    several = (sentences,) if isinstance(sentences, str) else sentences
    return tuple(sorted({sentence.replace(SLOT, label) for sentence in several if sentence.strip()}))


def _check_labels(labels: Collection[str]) -> None:
    if not labels:
        raise UsageError("there are no classes to tell apart; see `label_column`")
    if any(not label.strip() for label in labels):
        raise UsageError("a class has a blank name; fill the cells of `label_column`, or leave those rows out")


def _check_templates(templates: Collection[str]) -> None:
    if not templates:
        raise UsageError("there are no `prompt_templates`; give at least one, such as `a photo of {label}.`")
    for template in templates:
        if SLOT not in template:
            raise UsageError(
                f"the prompt template {template!r} has no {{label}}, so that it would say the same of every class"
            )
