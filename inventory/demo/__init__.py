"""The demo city: Maebashi as a newcomer to the ledger may try it out, under the banner 体験用データ.

True are the programmes of 令和3年度 (the working group's published figures) and the names of towns and halls. The kana
of the halls and their coordinates come from a shelter list and nobody checked them. People, telephone numbers
(027-000-…), devices and loans are made up.

``city.load`` puts it into an empty ledger through the same verbs as everybody else's data.
"""
