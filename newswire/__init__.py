"""The ``newswire`` command: every part of the house under one name. Thin by rule, one module a verb."""
