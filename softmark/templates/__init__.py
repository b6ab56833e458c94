"""The exercise families, one file each, one folder a topic. There is no list to keep."""
