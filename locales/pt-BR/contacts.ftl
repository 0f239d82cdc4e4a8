# Os contatos de uma empresa: a lista, um deles, e a importação de uma planilha.

contacts-title = Contatos
contacts-search = Telefone ou nome
contacts-count =
    { $n ->
        [0] Nenhum contato
        [one] 1 contato
       *[other] { $n } contatos
    }
contacts-export = Exportar
contacts-import = Importar planilha
contacts-none = Nenhum contato ainda
contacts-none-text = Um contato é um telefone que a empresa conhece. Cadastre, importe uma planilha, ou espere: onde o Ramal decide o destino das chamadas, quem liga pela primeira vez entra aqui sozinho.
contacts-none-found = Nenhum contato encontrado
contacts-none-found-text = Procure por uma parte do telefone ou do nome.

contact-new = Novo contato
contact-create = Cadastrar
contact-created = { $name }: contato cadastrado.
contact-saved = { $name }: alterações salvas.
contact-deleted = { $name }: contato excluído.
contact-phone = Telefone
contact-phone-hint = Com DDD, do jeito que preferir escrever. Nenhum outro contato da empresa pode ter o mesmo.
contact-name = Nome
contact-first-name = Nome
contact-last-name = Sobrenome
contact-no-name = sem nome
contact-cpf = CPF
contact-cpf-hidden = Guardado: { $cpf }. Deixe vazio para manter; só administradores o veem inteiro.
contact-cpf-remove = Apagar o CPF guardado
contact-since = Conhecido desde
contact-known-since = Conhecido
contact-met = pela primeira chamada
contact-entered = cadastrado aqui
contact-changed = alterado
contact-calls = Chamadas deste telefone
contact-field =
    { $field ->
        [cpf] CPF
        [first_name] nome
       *[last_name] sobrenome
    }
contact-delete = Excluir
contact-delete-title = Excluir { $name }?
contact-delete-goes = A empresa deixa de conhecer o telefone { $phone }: na próxima chamada, quem ligar dele conta como novo.
contact-delete-stays = As chamadas e os eventos deste telefone continuam guardados.

import-title = Importar contatos
import-file = Arquivo CSV
import-file-hint = Até 20.000 contatos e 2 MB. No Excel, salve como “CSV UTF-8”. Nada é gravado antes de você conferir.
import-see = Conferir
import-shape = Como o arquivo deve ser
import-shape-text = A primeira linha dá nome às colunas: phone, cpf, first_name e last_name, em qualquer ordem, separadas por ponto e vírgula ou vírgula. Só phone é obrigatória. De um telefone já conhecido muda apenas o que o arquivo diz; um campo vazio deixa o que está guardado como está.
import-wrong =
    { $n ->
        [one] Há um erro no arquivo: nada foi importado.
       *[other] Há { $n } erros no arquivo: nada foi importado.
    }
import-wrong-advice = Corrija as linhas abaixo e envie o arquivo de novo.
import-faults = Erros do arquivo
import-more-faults =
    { $n ->
        [one] E mais um erro.
       *[other] E mais { $n } erros.
    }
import-line = Linha
import-column = Coluna
import-fault = O que corrigir
import-unread = O arquivo está vazio ou não é um CSV em UTF-8. No Excel, salve como “CSV UTF-8”.
import-line-unread = A linha não pode ser lida: tem campos a mais ou a menos do que a primeira, ou não está em UTF-8.
import-twice = Este telefone já está em outra linha do arquivo.
import-no-column = Falta esta coluna.
import-unknown-column = Esta coluna não existe. As colunas são phone, cpf, first_name e last_name.
import-preview = Conferir antes de importar
import-count =
    { $effect ->
        [created] Contatos novos
        [updated] Contatos que mudam
       *[unchanged] Já estão assim
    }
import-effect = O que acontece
import-new = Novo contato
import-changes = Muda: { $fields }
import-more-lines =
    { $n ->
        [one] E mais uma linha.
       *[other] E mais { $n } linhas.
    }
import-button =
    { $n ->
        [one] Importar um contato
       *[other] Importar { $n } contatos
    }
import-nothing = Nada a importar: todos os contatos do arquivo já estão assim.
import-other = Escolher outro arquivo
import-done = Importação concluída. Novos: { $created } · alterados: { $updated } · já estavam assim: { $unchanged }.
