"""A table as a file. Renderers know no report, and no report knows a renderer."""
