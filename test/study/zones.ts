/** Zones with every kind of clock change there is: half hours, at midnight, over the start of a day, none at all. */
export const zones = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Havana'],
  ...['America/St_Johns', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Africa/Casablanca', 'Asia/Beirut'],
  ...['America/Asuncion', 'Atlantic/Azores', 'Pacific/Chatham', 'America/Sao_Paulo', 'Asia/Tehran'],
]
