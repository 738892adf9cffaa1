package aws

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Moto has versions and aliases, but runs no function where there is no Docker, so nothing is probed.
func TestMotoAgreesOnFunctions(t *testing.T) {
	e := onMoto(t)
	e.aws.Services = map[string]config.AWSService{"orders": {URL: "http://orders", Function: "dev-orders"}}
	slot := promotion.Slot{Environment: "dev", Service: "orders"}
	s, err := e.mutating(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.function(t.Context(), s, slot); code(err) != "ResourceNotFoundException" || !strings.Contains(err.Error(), "there is no such thing as the function dev-orders") {
		t.Errorf("before it is made: %v", err)
	}
	at, err := e.Repository(t.Context(), slot, "")
	if err != nil {
		t.Fatal(err)
	}
	motoRole(t, s)
	digest := motoImage(t, s)
	create := map[string]any{"FunctionName": "dev-orders", "PackageType": "Image", "Role": "arn:aws:iam::111122223333:role/orders", "Code": map[string]any{"ImageUri": at.Name.Name() + ":1"}}
	if err := s.lambda.call(t.Context(), http.MethodPost, strings.TrimSuffix(functionsPath, "/"), create, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := e.function(t.Context(), s, slot); code(err) != "ResourceNotFoundException" || !strings.Contains(err.Error(), "the alias live of the function dev-orders") {
		t.Errorf("without an alias: %v", err)
	}
	if err := s.lambda.call(t.Context(), http.MethodPost, functionsPath+"dev-orders/aliases", map[string]any{"Name": "live", "FunctionVersion": latest}, nil); err != nil {
		t.Fatal(err)
	}
	motoVersions(t, e, s, slot, at.Name.Name(), digest)
}

// motoVersions publishes a version and moves the alias, as a deploy does.
func motoVersions(t *testing.T, e *Environment, s *session, slot promotion.Slot, repository string, digest promotion.Digest) {
	f, err := e.function(t.Context(), s, slot)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.lambda.UpdateFunctionConfiguration(t.Context(), f.name, f.latest.Configuration.RevisionId, map[string]string{"REGION": "eu"}); err != nil {
		t.Error(err)
	}
	if err := s.lambda.UpdateFunctionCode(t.Context(), f.name, f.latest.Configuration.RevisionId, repository+"@"+string(digest)); err != nil {
		t.Fatal(err)
	}
	now, err := e.settled(t.Context(), s, f.name, "")
	if err != nil || now.Configuration.Environment.Variables["REGION"] != "eu" {
		t.Fatalf("%+v, %v", now, err)
	}
	made, err := s.lambda.PublishVersion(t.Context(), f.name, now.Configuration, "1.0.0")
	if err != nil || made.Version != "1" || made.CodeSha256 != now.Configuration.CodeSha256 || made.Description != "1.0.0" {
		t.Fatalf("it publishes %+v, %v", made, err)
	}
	m := &move{Environment: e, session: s, slot: slot, of: e.of(slot), f: f, to: "1", log: t.Output()}
	if err := m.point(t.Context(), "1", nil, f.note.becomes("1", e.clock.Now())); err != nil {
		t.Fatal(err)
	}
	if f, err = e.function(t.Context(), s, slot); err != nil || f.before() != "1" || f.note.good != "1" {
		t.Errorf("the alias is %+v, %v", f.alias, err)
	}
	if all, err := s.lambda.ListVersionsByFunction(t.Context(), f.name); err != nil || len(all) != 2 || all[1].Version != "1" {
		t.Errorf("the versions are %+v, %v", all, err)
	}
	// What moto gets wrong, so that nobody takes it for Lambda's.
	if err := e.Stop(t.Context(), slot, t.Output()); err != nil {
		t.Fatal(err)
	}
	if f, err = e.function(t.Context(), s, slot); err != nil || f.stopped() {
		t.Errorf("moto tells of a reserved concurrency of 0 meanwhile: look whether a stopped function is seen on it, too (%v)", err)
	}
	if v, err := s.lambda.GetFunction(t.Context(), f.name, "1"); err != nil || v.digest() == digest {
		t.Errorf("moto resolves an image by its digest meanwhile: deploy on it, too (%v)", err)
	}
	f.alias.RevisionId = "another"
	if _, err := s.lambda.UpdateAlias(t.Context(), f.name, f.alias); err != nil {
		t.Errorf("moto looks at an alias's revision meanwhile: test a superseded move on it, too (%v)", err)
	}
}

// motoRole makes the role that the function has.
func motoRole(t *testing.T, s *session) {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"orders"}, "AssumeRolePolicyDocument": {trust}}
	iam := s.lambda.signed
	iam.service = "iam"
	q := question{method: http.MethodPost, path: "/", body: []byte(form.Encode()), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
	err := iam.ask(t.Context(), q, func(r reply) error {
		if r.status != http.StatusOK {
			return refusal(r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// motoImage puts a manifest into the repository, as moto knows no registry.
func motoImage(t *testing.T, s *session) promotion.Digest {
	t.Helper()
	manifest := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:` + strings.Repeat("1", 64) + `","size":2},"layers":[]}`
	put, err := s.ecr.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: sdk.String("dev/orders"), ImageManifest: sdk.String(manifest), ImageTag: sdk.String("1")})
	if err != nil {
		t.Fatal(err)
	}
	return promotion.Digest(sdk.ToString(put.Image.ImageId.ImageDigest))
}
