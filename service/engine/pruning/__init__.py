"""When a run or a trial ends before its time: a file for each family of rules, and which of them a study has."""
