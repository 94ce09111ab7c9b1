"""Typed clients of both APIs in Python and TypeScript, generated from the APIs' own documents."""
