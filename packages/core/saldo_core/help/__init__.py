"""The help of a program: articles in Markdown, their pages, search, and whether they helped."""
