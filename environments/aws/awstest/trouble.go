package awstest

import "time"

// Break makes every answer end in the middle, until Mend.
func (a *Account) Break() { a.set(func() { a.broken = true }) }

// Mend makes the account answer again.
func (a *Account) Mend() { a.set(func() { a.broken = false }) }

// Expire ends all credentials, until Renew.
func (a *Account) Expire() { a.set(func() { a.expired = true }) }

// Renew makes the credentials good again.
func (a *Account) Renew() { a.set(func() { a.expired = false }) }

// Deny refuses an action that the policy allows.
func (a *Account) Deny(action string) { a.set(func() { a.denied[action] = true }) }

// Throttle refuses an action so many times more, as happens to who asks too often.
func (a *Account) Throttle(action string, times int) { a.set(func() { a.throttled[action] = times }) }

// BelongTo makes the credentials those of another account.
func (a *Account) BelongTo(account string) { a.set(func() { a.owner = account }) }

// PasswordsLast says how long a password for the registry is good.
func (a *Account) PasswordsLast(d time.Duration) { a.set(func() { a.lifetime = d }) }

// Asked is how often an action was asked for.
func (a *Account) Asked(action string) (times int) {
	a.set(func() { times = a.asked[action] })
	return times
}

func (a *Account) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}
