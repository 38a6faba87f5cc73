"""The read side: what the store answers from its projections, on read-only connections, one module a view.

Every view is one statement, and so one consistent moment of the store. Answers are made of plain values ready for
JSON: amounts are integers in minor units, quantities and prices decimal strings.
"""
