"""The pages as HTML: values in, escaped strings out. Every part is a function; `board` and `deal` are whole pages.

The same functions make the first page and the fragments with which the browser keeps it fresh, so there is one place
where a deal becomes HTML. Nothing needs a script: links and forms work without one.
"""
