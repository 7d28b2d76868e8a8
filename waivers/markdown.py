"""Texts of documents as safe HTML. The only place that turns Markdown into HTML."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "a", "blockquote", "hr", "br", "code"}
LOWEST, BELOW_THE_PAGE = 6, 3

_reader = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=256)
def to_html(text: str) -> SafeString:
    """Safe HTML of a Markdown text; its headings begin at h4, below those of the page they stand in.

    No images, scripts, styles or embedded HTML; links lead to the web or a mail address only.
    """
    tokens = _reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + BELOW_THE_PAGE, LOWEST)}"
    html = _reader.renderer.render(tokens, _reader.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned by nh3 in the line above
