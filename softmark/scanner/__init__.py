"""Scanned answer pages: from files to pages, from pages to bubbles, from bubbles to answers."""
