"""The language of tenants' own message templates: Jinja's, without anything that could run long.

No loops, calls, attributes or arithmetic: what a template can do takes time and room in proportion
to its length, so that a bad one hurts nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_OUTPUT = 100_000
MOST_NODES = 1000

# What a template can name, and what it stands for in a preview. All are texts, empty where there is
# nothing to name.
VARIABLES: Mapping[str, str] = {
    "business": "Corner Physio",
    "customer": "Grace Hopper",
    "first_name": "Grace",
    "service": "Massage",
    "provider": "Mary Jackson",
    "moment": "Tuesday, 24 November 2026 at 09:00",
    "dates": "",
    "date": "Tuesday, 24 November 2026",
    "time": "09:00",
    "zone": "Central European Standard Time, Europe/Berlin",
    "place": "Main street, 1 Main Street, 10115 Berlin",
    "price": "€25.00",
    "code": "0123456789ABCDEFGHJK",
    "cancellation_reason": "The therapist is ill",
}
FILTERS = frozenset(
    {"capitalize", "default", "escape", "e", "lower", "striptags", "title", "trim", "upper"}
)
_ALLOWED = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
)
# The parser's own limits, met by what no honest template holds.
_UNREADABLE = (RecursionError, SyntaxError, ValueError, MemoryError, OverflowError)


class BadTemplate(Exception):
    """The template cannot be used; the text says why, for its author."""


@dataclass(frozen=True, slots=True)
class TemplateTexts:
    """What a template says; None for what its channel does not have."""

    subject: str | None
    text: str
    html: str | None


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    known: dict[str, Callable[..., Any]] = environment.filters
    environment.filters = {name: known[name] for name in FILTERS}
    return environment


_PLAIN, _MARKUP = _environment(autoescape=False), _environment(autoescape=True)


def render_template(texts: TemplateTexts, values: Mapping[str, str]) -> TemplateTexts:
    """The texts with the values filled in, in the HTML as text and never as markup.

    Raises BadTemplate.
    """
    return TemplateTexts(
        subject=None if texts.subject is None else render_text(texts.subject, values),
        text=render_text(texts.text, values),
        html=None if texts.html is None else render_text(texts.html, values, is_markup=True),
    )


def render_text(source: str, values: Mapping[str, str], *, is_markup: bool = False) -> str:
    """One text with the values filled in. Raises BadTemplate."""
    template = _compiled(_MARKUP if is_markup else _PLAIN, source)
    try:
        written = template.render(values)
    except Exception as problem:
        raise BadTemplate(f"{type(problem).__name__}: {problem}") from problem
    if len(written) > LONGEST_OUTPUT:
        raise BadTemplate(f"The message would be longer than {LONGEST_OUTPUT} characters")
    return written


@lru_cache(maxsize=500)
def _compiled(environment: ImmutableSandboxedEnvironment, source: str) -> Template:
    try:
        _check(environment.parse(source))
        return environment.from_string(source)
    except TemplateSyntaxError as problem:
        raise BadTemplate(f"Line {problem.lineno}: {problem.message}") from problem
    except _UNREADABLE as problem:
        raise BadTemplate("This template is too deep or too large to be read") from problem


def _check(tree: nodes.Template) -> None:
    for count, node in enumerate(tree.find_all(nodes.Node), start=1):
        fault = _fault(node)
        if count > MOST_NODES:
            fault = "The template has too many parts"
        if fault is not None:
            raise TemplateSyntaxError(fault, node.lineno)


def _fault(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__} is not allowed in a message's template"
    if isinstance(node, nodes.Name) and node.name not in VARIABLES:
        return f"There is no {node.name}; a template can name {', '.join(VARIABLES)}"
    if isinstance(node, nodes.Filter):
        if node.name not in FILTERS:
            return f"There is no filter {node.name}; there are {', '.join(sorted(FILTERS))}"
        if node.kwargs or len(node.args) != (node.name == "default"):
            return f"The filter {node.name} does not take these arguments"
    return None
