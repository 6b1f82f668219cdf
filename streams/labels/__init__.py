"""Room 6 - what came of it: which questions are asked of the models, and when which answer is known.

Door: `mature` ((state, now) -> questions and answers that fall due). Nouns: `outcome` (the targets, defined once),
`lesson` (what travels to the learner), `classroom` (questions waiting for their answers, on the learner's side).
"""
