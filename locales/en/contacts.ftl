# A company's contacts: the list, one of them, and taking in a spreadsheet.

contacts-title = Contacts
contacts-search = Phone or name
contacts-count =
    { $n ->
        [0] No contacts
        [one] 1 contact
       *[other] { $n } contacts
    }
contacts-export = Export
contacts-import = Import a spreadsheet
contacts-none = No contacts yet
contacts-none-text = A contact is a phone that the company knows. Add one, import a spreadsheet, or wait: where Ramal decides where calls go, whoever calls for the first time is added by itself.
contacts-none-found = No contact found
contacts-none-found-text = Search for a part of the phone or the name.

contact-new = New contact
contact-create = Add contact
contact-created = { $name }: contact added.
contact-saved = { $name }: changes saved.
contact-deleted = { $name }: contact deleted.
contact-phone = Phone
contact-phone-hint = With its area code, written as you like. No other contact of the company may have the same one.
contact-name = Name
contact-first-name = First name
contact-last-name = Last name
contact-no-name = no name
contact-cpf = CPF
contact-cpf-hidden = Stored: { $cpf }. Leave it empty to keep it; only administrators see it whole.
contact-cpf-remove = Delete the stored CPF
contact-since = Known since
contact-known-since = Known
contact-met = by its first call
contact-entered = entered here
contact-changed = changed
contact-calls = Calls with this phone
contact-field =
    { $field ->
        [cpf] CPF
        [first_name] first name
       *[last_name] last name
    }
contact-delete = Delete
contact-delete-title = Delete { $name }?
contact-delete-goes = The company no longer knows the phone { $phone }: at the next call whoever calls from it counts as new.
contact-delete-stays = The calls and events with this phone are kept.

import-title = Import contacts
import-file = CSV file
import-file-hint = Up to 20,000 contacts and 2 MB. In Excel, save as “CSV UTF-8”. Nothing is stored before you have checked it.
import-see = Check
import-shape = What the file looks like
import-shape-text = The first line names the columns: phone, cpf, first_name and last_name, in any order, separated by semicolons or commas. Only phone is required. Of a phone that is known already only what the file says is changed; an empty field leaves what is stored as it is.
import-wrong =
    { $n ->
        [one] There is a mistake in the file: nothing was imported.
       *[other] There are { $n } mistakes in the file: nothing was imported.
    }
import-wrong-advice = Correct the lines below and send the file again.
import-faults = Mistakes in the file
import-more-faults =
    { $n ->
        [one] And one more mistake.
       *[other] And { $n } more mistakes.
    }
import-line = Line
import-column = Column
import-fault = What to correct
import-unread = The file is empty or is no CSV in UTF-8. In Excel, save as “CSV UTF-8”.
import-line-unread = The line cannot be read: it has more or fewer fields than the first one, or is not in UTF-8.
import-twice = This phone stands in another line of the file already.
import-no-column = This column is missing.
import-unknown-column = There is no such column. The columns are phone, cpf, first_name and last_name.
import-preview = Check before importing
import-count =
    { $effect ->
        [created] New contacts
        [updated] Contacts that change
       *[unchanged] As they are already
    }
import-effect = What happens
import-new = New contact
import-changes = Changes: { $fields }
import-more-lines =
    { $n ->
        [one] And one more line.
       *[other] And { $n } more lines.
    }
import-button =
    { $n ->
        [one] Import one contact
       *[other] Import { $n } contacts
    }
import-nothing = Nothing to import: all contacts of the file are as it says already.
import-other = Choose another file
import-done = Import finished. New: { $created } · changed: { $updated } · so already: { $unchanged }.
