"""The ledgers as rows to count by what one likes: SQL views behind pivots, graphs and lists.

Whose rows one sees is what one sees in the reports: a rep his own, a leader those of his people, an admin of pools
those of his pools, a manager all. No row shows anything of a lead but its number and where it came from.
"""

from . import lead_pool_analysis, lead_pool_analysis_event, lead_pool_analysis_holding, lead_pool_analysis_lead
