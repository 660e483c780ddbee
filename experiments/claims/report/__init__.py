"""The report, as Markdown and as a page."""
