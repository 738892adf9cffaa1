package awstest

import (
	"encoding/base64"
	"maps"
	"strconv"
)

// Find makes ECR answer about an image's scan, one after the other; the last answer stays.
func (a *Account) Find(digest string, answers ...Object) {
	a.set(func() { a.scans[digest] = answers })
}

// inPages is where an answer says that it comes in pages.
const inPages = "$pages"

// Pages is an answer about a scan that comes in pages.
func Pages(pages ...Object) Object { return Object{inPages: pages} }

// scanned answers about an image's scan.
func (a *Account) scanned(in Object) (Object, *refusal) {
	digest := in["imageId"].(Object)["imageDigest"].(string)
	answers := a.scans[digest]
	if len(answers) == 0 {
		return nil, &refusal{"ScanNotFoundException", "Image scan does not exist for the image with imageDigest " + digest}
	}
	if pages, has := answers[0][inPages].([]Object); has {
		token, _ := in["nextToken"].(string)
		at, _ := strconv.Atoi(token)
		page := maps.Clone(pages[at])
		if at+1 < len(pages) {
			page["nextToken"] = strconv.Itoa(at + 1)
		}
		return page, nil
	}
	if len(answers) > 1 {
		a.scans[digest] = answers[1:]
	}
	return answers[0], nil
}

func (a *Account) ecr(operation string, in Object) (Object, *refusal) {
	switch operation {
	case "GetAuthorizationToken":
		password := a.id("password-")
		until := a.clock.Now().Add(a.lifetime)
		a.passwords[password] = until
		a.holders[password], _ = in[caller].(string)
		return Object{"authorizationData": []any{Object{
			"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + password)), "expiresAt": stamp(until), "proxyEndpoint": "http://" + a.registry.host,
		}}}, nil
	case "CreateRepository":
		name := in["repositoryName"].(string)
		if a.repos[name] != nil {
			return nil, &refusal{"RepositoryAlreadyExistsException", name}
		}
		a.repos[name] = Object{"repositoryName": name, "repositoryUri": a.registry.host + "/" + name, "imageTagMutability": in["imageTagMutability"], "imageScanningConfiguration": in["imageScanningConfiguration"], "tags": in["tags"]}
		return Object{"repository": a.repos[name]}, nil
	case "DescribeImageScanFindings":
		return a.scanned(in)
	case "DescribeRepositories":
		name := in["repositoryNames"].([]any)[0].(string)
		if a.repos[name] == nil {
			return nil, &refusal{"RepositoryNotFoundException", name}
		}
		return Object{"repositories": []any{a.repos[name]}}, nil
	case "DescribeImages":
		name, digest := in["repositoryName"].(string), in["imageIds"].([]any)[0].(Object)["imageDigest"].(string)
		if !a.registry.has(name, digest) {
			return nil, &refusal{"ImageNotFoundException", "The image with imageId " + digest + " does not exist"}
		}
		return Object{"imageDetails": []any{Object{"imageDigest": digest, "repositoryName": name}}}, nil
	}
	return nil, &refusal{"UnknownOperationException", operation}
}
