// The pages that links in mails open: they send the token behind the # with what the form holds, once asked to.
const form = document.querySelector('form')
const status = form.querySelector('[role=status]')
const button = form.querySelector('button')
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''

// Out of the address bar, the history and what is copied from it.
history.replaceState(null, '', location.pathname)

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  button.disabled = true
  status.textContent = 'One moment …'
  const [method, path] = form.dataset.call.split(' ')
  const body = JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) })
  try {
    const reply = await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body })
    if (reply.ok) {
      form.replaceChildren(form.dataset.done)
      return
    }
    const { title, detail } = await reply.json()
    status.textContent = detail && detail !== title ? `${title} ${detail}` : title
  } catch {
    status.textContent = 'Studyhall did not answer. Check your connection and try again.'
  }
  button.disabled = false
})
