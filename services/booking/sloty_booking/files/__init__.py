"""Files that people upload to answer a form."""
