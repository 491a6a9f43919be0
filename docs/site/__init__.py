"""The site's reference pages, each made from the code that it is about when the site is built."""
