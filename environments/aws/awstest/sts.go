package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// sts answers in XML, to who signed with the key.
func (a *Account) sts(w http.ResponseWriter, key, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	form, _ := url.ParseQuery(body)
	w.Header().Set("Content-Type", "text/xml")
	refuse := func(code, message string) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
	}
	action, role := form.Get("Action"), short(form.Get("RoleArn"))
	a.asked["sts:"+action]++
	holder, _, known := a.holderOf(key)
	switch _, exists := a.roles[role]; {
	case a.expired:
		refuse("ExpiredToken", "The security token included in the request is expired")
	case action == "AssumeRole" && (key != AccessKey || !exists || form.Get("RoleArn") != a.at.Role(role)):
		refuse("AccessDenied", "User is not authorized to perform: sts:AssumeRole on resource: "+form.Get("RoleArn"))
	case action == "AssumeRole":
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			keyOf(role), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	case !known:
		refuse("InvalidClientTokenId", "The security token included in the request is invalid")
	default:
		fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account><Arn>arn:aws:sts::%s:assumed-role/%s/gantry</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`, a.owner, a.owner, holder)
	}
}
