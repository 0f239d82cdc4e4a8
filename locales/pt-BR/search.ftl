# A busca em tudo, por Ctrl K ou na página.

search-title = Procurar
search-everywhere = Procurar em tudo
search-what = Empresa, webhook, telefone, agente, ID…
search-pages = Páginas
search-agents = Agentes
search-events-of = Todos os eventos de { $phone }
search-none = Nada encontrado
search-none-text = Procure por uma parte do nome de uma empresa, de um webhook ou de um agente, por um telefone com DDD, ou por um ID completo.
search-count =
    { $n ->
        [0] Nada encontrado
        [one] { $n } resultado
       *[other] { $n } resultados
    }
search-choose = escolher
search-open = abrir
search-open-beside = em outra aba
