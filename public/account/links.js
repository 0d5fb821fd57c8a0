// The pages that links in mails open: they send the token behind the # with what a form holds, once asked to.
const forms = document.querySelectorAll('form')
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''

// Out of the address bar, the history and what is copied from it.
history.replaceState(null, '', location.pathname)

async function submit(form) {
  const status = form.querySelector('[role=status]')
  const button = form.querySelector('button')
  button.disabled = true
  status.textContent = 'One moment …'
  const [method, path] = form.dataset.call.split(' ')
  const body = JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) })
  try {
    const reply = await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body })
    if (reply.ok) {
      for (const other of forms) if (other !== form) (other.closest('details') ?? other).remove()
      form.replaceChildren(form.dataset.done)
      return
    }
    const { title, detail } = await reply.json()
    status.textContent = detail && detail !== title ? `${title} ${detail}` : title
  } catch {
    status.textContent = 'Studyhall did not answer. Check your connection and try again.'
  }
  button.disabled = false
}

for (const form of forms)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit(form)
  })
