# The search for everything, by Ctrl K or on its page.

search-title = Search
search-everywhere = Search everything
search-what = Company, webhook, phone, agent, ID…
search-pages = Pages
search-agents = Agents
search-events-of = All events of { $phone }
search-none = Nothing found
search-none-text = Search for a part of the name of a company, a webhook or an agent, for a phone with its area code, or for a whole ID.
search-count =
    { $n ->
        [0] Nothing found
        [one] { $n } result
       *[other] { $n } results
    }
search-choose = choose
search-open = open
search-open-beside = in another tab
